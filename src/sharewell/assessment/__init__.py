"""Assessments: is it allowed, by which rule, how is that known, and what is missing?"""
