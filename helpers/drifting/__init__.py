"""What is in Entra held against what was deployed and what is declared: who changed what, and the way back."""
