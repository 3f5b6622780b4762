"""What any model that looks at videos is asked, and how its answer is checked: the analysers share it.

`prompt` has the words, with their version; `schema` turns the answer, which is data from outside, into a
checked record; `conversation` asks, and asks again; `reporting` is where the user is told, and may cancel.
"""
