"""The pure heart: model, readers, rules and reports. No cdktf, sockets, subprocesses or clock."""
