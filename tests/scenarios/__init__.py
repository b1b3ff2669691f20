"""The scenarios that the answers are held to, in every order of arrival."""
