"""What the figures of the shop say."""
