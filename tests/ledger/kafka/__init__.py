"""The ledger on Kafka: messages and facts, partitions, the topic, and what goes wrong."""
