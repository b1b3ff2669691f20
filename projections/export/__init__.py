"""What is carried out of a home: its tables as files, and its events as object-centric logs."""
