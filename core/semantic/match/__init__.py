"""Question -> semantic query, without a language model."""
