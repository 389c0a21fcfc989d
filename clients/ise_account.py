"""Where the account of ISE's API comes from: in a file of its own, because `clients.ise_api` takes long to import."""

USER_VARIABLE, PASSWORD_VARIABLE = "ISE_INTUNE_ISE_USER", "ISE_INTUNE_ISE_PASSWORD"
