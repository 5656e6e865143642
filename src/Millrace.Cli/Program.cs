Console.Error.WriteLine("usage: millrace COMMAND");
return 2;
