"""One small module per verb of `ise-intune`: read, call, print, exit code."""
