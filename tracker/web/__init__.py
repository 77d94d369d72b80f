"""How people reach it with a browser: one module a room of the site."""
