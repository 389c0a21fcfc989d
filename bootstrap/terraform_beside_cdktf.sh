#!/bin/sh
# What cdktf starts as Terraform (see cdktf_command.py): deaf to the end of the terminal that cdktf gives it, and known
# to be running for as long as it holds a pipe open. The first word of a call and its folder go into that pipe.
trap '' HUP
if [ -p "$ISE_INTUNE_TERRAFORM_RUNS" ]; then
  exec 9<>"$ISE_INTUNE_TERRAFORM_RUNS"
  printf '%s %s\n' "$1" "$PWD" >&9
fi
exec "$ISE_INTUNE_TERRAFORM" "$@"
