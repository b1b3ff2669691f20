"""The ledger as a topic of Kafka: one message a fact, many partitions, many writers and readers."""
