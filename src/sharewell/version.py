"""The version of the program and of the knowledge it ships."""

__version__ = "0.1.0"
