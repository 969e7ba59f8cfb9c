"""report.html, published with a model: one file for people that says what the training achieved.

It holds all that it shows: no script, no font, no picture and no link from anywhere else. Whatever
a dataset or a spec says is escaped. The same training makes the same bytes.
"""
