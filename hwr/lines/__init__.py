"""Reading a whole line at once, without cutting characters apart: the networks, their data, and decoding (CTC)."""
