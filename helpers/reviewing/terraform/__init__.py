"""What Terraform says, read into the model: one mapping of resources, with a plan and a synthesized stack before it."""
