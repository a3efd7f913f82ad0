"""How an answer is shown: for people as text, for machines as JSON, CSV, Markdown or RDF."""
