"""What Graph says of one application, read into the model."""
