"""The gates of the ontology: one form, no unknown name, inside OWL 2 DL, consistent, entailing what it must."""
