"""A loopback Entra, Graph, Intune and ISE behind a proxy, to try and test production configuration."""
