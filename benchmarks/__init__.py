"""Scripts that print the README's measured tables; each says how to run it."""
