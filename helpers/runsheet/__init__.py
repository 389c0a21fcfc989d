"""The run sheet: what ISE's administrator types, imports and checks, from a stack's outputs alone.

`making` turns outputs into one `RunSheet`, `sections` puts it into words and order, and `text`, `markdown`, `html` and
`json_form` render it. All are pure: the same outputs at the same time give the same bytes.
"""
