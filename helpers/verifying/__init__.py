"""The chain from ISE to Intune, link by link: what each answer means, who must do what, and how it all ended."""
