"""How long what is stored about people is kept, and how it goes."""
