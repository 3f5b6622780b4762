"""Who may do what: passwords, sessions of browsers, and tokens of programs."""
