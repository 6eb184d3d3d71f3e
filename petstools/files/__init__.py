"""Files a person sends: fetched from the client's link, turned into pictures the main app takes."""
