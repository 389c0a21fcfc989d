"""Reports: what was found, for a terminal, a pull request, an issue, a program, a code scanner, a browser, a monitor.

`report` says what any report holds, `of_review` makes one of a review, and `text`, `markdown`, `issue`, `html` and
`sarif` render it; `json_report` has the parts that a verb puts into its JSON, and `metrics` writes gauges. All are
pure: the same review gives the same bytes.
"""
