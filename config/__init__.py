"""Settings and the configuration files under the names that the brief gives them."""
