"""Tables of other people's making: spreadsheets and text tables read into the graph, each fact with its cell."""
