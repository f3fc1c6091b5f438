percent = { $number } %
span-days = { $count } д
span-hours = { $count } ч
span-minutes = { $count } мин
span-seconds = { $count } с
