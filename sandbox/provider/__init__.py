"""The stand-in azuread provider: Terraform's plugin protocol on one side, Graph of the sandbox on the other.

For machines where neither a mirror nor the Terraform registry can be had. It knows exactly the types the stacks use,
sends the Graph requests the real provider was recorded sending, has no waits, and runs in the sandbox alone. It never
counts as proof: it was written here.

    guard         where it may run at all
    serve         the handshake with Terraform and the gRPC server
    servicer      Terraform's requests → resources; plans as the real provider's SDK makes them (legacy, values)
    schema        what Terraform is told, read from the recorded schema
    graph         Graph's requests and errors (sign_in, connection)
    application … one module for each type
    mirror        the filesystem mirror that Terraform finds it in
"""
