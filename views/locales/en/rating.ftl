# Rating a film from its card.
rating-half-less = ½ less
rating-half-more = ½ more
rating-remove = Remove
rating-remove-own = Remove my rating
rating-back = Back
rating-in-private = Half steps in private
rating-saved = ★ { $value } saved
rating-saved-goes-to-tmdb = ★ { $value } saved, and on its way to TMDB
rating-removed = Your rating is removed
rating-removed-goes-to-tmdb = Your rating is removed here, and soon at TMDB
rating-already = This is already done
rating-no-film = This film is not in the catalogue any more
