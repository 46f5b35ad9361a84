"""A reader of public figures who wants to know of few students: works from published tables and public facts alone."""
