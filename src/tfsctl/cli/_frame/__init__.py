"""What all commands share: how they are declared, configured, completed, and how they end."""
