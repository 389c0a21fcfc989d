"""Reports: what was found, for a terminal, a pull request, a program, a code scanner and a browser.

`report` says what any report holds, `of_review` makes one of a review, and `text`, `markdown`, `html` and `sarif`
render it; `json_report` has the parts that a verb puts into its JSON. All are pure: the same review gives the same
bytes.
"""
