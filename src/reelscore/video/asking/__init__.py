"""What any model that looks at videos is asked, and how its answer is checked: the analysers share it."""
