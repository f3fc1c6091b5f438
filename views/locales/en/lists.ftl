# Films as lines of text, whatever list they stand in.
list-page = Page { $page } of { $pages }
