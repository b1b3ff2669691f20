"""Real servers for tests: a Kafka broker and PostgreSQL, found or started, and always stopped."""
