"""Verified queries: questions whose SQL a person confirmed, found again by paraphrase, with typed parameters."""
