"""The agent core: small packages, each a port with a real local and a real remote adapter."""
