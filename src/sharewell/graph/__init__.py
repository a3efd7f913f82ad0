"""The graph: a project, its sources with the place of every statement, and the stores that hold it."""
