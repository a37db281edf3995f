"""Several ways to read a question, judged by what they give: thoughts, an evaluator, a vote, the search."""
