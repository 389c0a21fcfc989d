"""The whole story, played on the sandbox: from an ISE export to an integration that ISE could use."""
