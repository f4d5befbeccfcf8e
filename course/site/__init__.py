"""Makes the course's site: lessons are executed and printed as Markdown, then mkdocs builds the pages."""
