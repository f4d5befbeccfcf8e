"""The walls around learners' code, as the trusted side puts them up."""
