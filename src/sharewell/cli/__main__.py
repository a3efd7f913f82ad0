"""`python -m sharewell.cli`: the command line without its script."""

from sharewell.cli import main

main()
