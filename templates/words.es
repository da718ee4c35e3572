# Spanish
months         = enero, febrero, marzo, abril, mayo, junio, julio, agosto, septiembre, octubre, noviembre, diciembre
months_short   = ene, feb, mar, abr, may, jun, jul, ago, sept, oct, nov, dic
weekdays       = lunes, martes, miércoles, jueves, viernes, sábado, domingo
weekdays_short = lun, mar, mié, jue, vie, sáb, dom
date           = {{day}} de {{month}} de {{year}}
date_full      = {{weekday}}, {{day}} de {{month}} de {{year}}
date_time      = {{day}} de {{month}} de {{year}}, {{hour}}:{{minute}}

thousands  = blank
decimal    = ,
group_from = 5

by            = Por
minutes_one   = {{n}} min de lectura
minutes_other = {{n}} min de lectura
also_covered  = También en
sponsored     = Patrocinado por
nothing_new   = Esta semana no hay novedades aquí.
