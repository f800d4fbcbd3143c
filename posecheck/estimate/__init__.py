"""People's landmarks out of pictures: the model adapter, and following one person."""
