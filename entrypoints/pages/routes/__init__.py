"""The pages, one module a subject: each asks the application, and gives a template the answer."""
