"""Every metric, held to a plain reading of the contract."""
