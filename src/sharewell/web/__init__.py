"""The graph over HTTP: a SPARQL 1.1 endpoint that only reads, and pages that list and run the stored questions."""
