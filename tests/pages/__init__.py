"""The pages: their language, their pictures, and what they show."""
