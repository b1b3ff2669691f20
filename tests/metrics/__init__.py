"""Every metric, held to a plain reading of the contract and to a simulated company's script."""
