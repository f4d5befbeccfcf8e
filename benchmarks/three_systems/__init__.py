"""Grades a class that hands in over Canvas, Moodle and Blackboard, by the commands of the guide."""
